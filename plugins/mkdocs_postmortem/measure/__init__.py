"""What is computed from a timeline: response times and impact, always with bounds."""
