"""Tests of stack files: form, mistakes, words, places."""
