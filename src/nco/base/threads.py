"""One thread a process: the work is spread over processes, where a second thread would only wait for the others."""

# In the environment before Python starts: BLAS starts its threads at import. RAYON is Typst's.
ONE_THREAD = {f"{library}_NUM_THREADS": "1" for library in ("OPENBLAS", "OMP", "MKL", "RAYON")}
