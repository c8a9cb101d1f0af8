"""Commands that are not built from a description alone, a module for each group or single command."""
