"""What the tests stand on: a PostgreSQL server, databases to spend, the program under test, and what changed."""
