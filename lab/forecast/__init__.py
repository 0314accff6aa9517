"""Random sites with real speakers and routers, beside what `impact` and `whatif` predict."""
