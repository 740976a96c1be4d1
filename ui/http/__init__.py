"""What stands around the routes: who may, how often, what is logged and measured, and how failures look."""
