"""Whether a sceptical archivist may rest a case on the log: what breaks it, and what is told."""
