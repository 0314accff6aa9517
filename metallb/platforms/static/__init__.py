"""Platform `static`: racks and routers of any data centre; nothing is looked up."""
