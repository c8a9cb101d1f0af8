"""The command line. Typer and Rich are known here and nowhere else."""
