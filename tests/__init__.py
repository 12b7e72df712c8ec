"""A package by name: the worker processes of a test import its module as `tests.…`, and packages on PyPI bring a `tests`, too."""
