"""What is done to any entity: read, plan, stage, write, audit. Knows no entity and no rule by name."""
