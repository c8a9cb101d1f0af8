"""Verbs that are neither create, update nor delete: each plans on a stage, as rules do, and executes nothing."""
