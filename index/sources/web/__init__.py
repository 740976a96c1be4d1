"""Pages and feeds by their address: fetching, following, and what is no article."""
