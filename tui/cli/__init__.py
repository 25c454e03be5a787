"""The command line: commands, options, exit codes, signals. The one package that knows every other."""
