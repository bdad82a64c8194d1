"""Between the harness and one provider: packing, pacing, retries, budget, ledger."""
