"""gwctl: administers an LLM gateway by working directly on its PostgreSQL database."""

__version__ = "0.1.0"
