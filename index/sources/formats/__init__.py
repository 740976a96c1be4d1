"""The formats that are read, a module each; `registry` lists them."""
