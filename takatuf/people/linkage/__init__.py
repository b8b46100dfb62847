"""The name layer: Arabic and Latin spellings of one person's name, brought together.

Pure standard library, no Django: it may be published and used alone by a partner agency.
Every derived value is stored with `names.VERSION`; a change of any rule here raises it.
"""
