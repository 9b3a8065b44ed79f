"""Testing support: real servers as local processes, and contracts for your own parts."""
