"""The ground of the product: files, disks, processes, words and numbers in Dutch. No pupil, no report."""
