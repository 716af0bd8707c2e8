"""The handouts as a site and as PDFs: pages are prepared (prepare.py), the site is MkDocs' work, the PDFs WeasyPrint's."""
