"""The version of the package, which requests and exports name too."""

VERSION = "0.1.0"
