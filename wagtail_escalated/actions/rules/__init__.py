"""Rules at work: what they may do, and how macros, workflows and automations do it."""
