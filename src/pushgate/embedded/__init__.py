"""Everything on one machine, for `pushgate up`: engines and processes under one supervisor."""
