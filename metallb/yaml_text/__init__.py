"""YAML as its readers take it: plain words, and a writer whose texts are texts to all of them."""
