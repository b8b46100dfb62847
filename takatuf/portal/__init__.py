"""Portal: pages for the survivor and the public.

Quick exit at the same place on every page, a neutral title, no trace in the browser, works without JavaScript.
She sees what she may safely see: her own reports, orders and appointments, and who opened her file.
A top floor: combines what is below, owns no tables, and neither desk nor nation knows it.
Empty until the public part is built.
"""
