"""What the gateway does besides the row itself when a thing changes, a module an entity.

A rule module has at most five entry points, plain functions over a batch: `create`, `update` and `delete` check
changes,
fill in their columns and stage the rows that move with them; `look` reads the fields that are theirs alone; `hidden`
says which rows are nobody's business unless they are named. They read and stage rows and execute nothing.
"""
