"""The command line: commands, options, exit codes and signals. It is the one package that imports all others."""
