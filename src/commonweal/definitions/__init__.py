"""What it means: vocabulary, codelists, registers, measures, flags, segments, scores."""
