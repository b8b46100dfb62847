"""Our line icons: paths in a 24 × 24 box. Only those that show a direction are mirrored from right to left."""

PATHS = {
    "duties": '<path d="M9 6h11M9 12h11M9 18h11M4 6l1 1 1.6-2M4 12l1 1 1.6-2M4 18l1 1 1.6-2"/>',
    "cases": '<path d="M3 7a2 2 0 0 1 2-2h4l2 2.5h8a2 2 0 0 1 2 2V17a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2z"/>',
    "search": '<circle cx="11" cy="11" r="6.5"/><path d="m20 20-4.2-4.2"/>',
    "report": '<path d="M6 3h8l4 4v14H6zM14 3v4h4M9 12h6M9 16h6"/>',
    "new": '<path d="M12 5v14M5 12h14"/>',
    "overdue": '<circle cx="12" cy="12" r="8.5"/><path d="M12 7v5.2l3.4 2"/>',
    "people": (
        '<circle cx="9" cy="8" r="3.2"/>'
        '<path d="M3.5 19c.4-3.4 2.6-5 5.5-5s5.1 1.6 5.5 5M16 5.4a3 3 0 0 1 0 5.4M17 14.2c2 .5 3.3 '
        '2 3.6 4.8"/>'
    ),
    "person": '<circle cx="12" cy="8" r="3.6"/><path d="M5 20c.5-4 3.2-6 7-6s6.5 2 7 6"/>',
    "imports": '<path d="M12 4v11M7.5 10.5 12 15l4.5-4.5M4 17v2.5h16V17"/>',
    "exports": '<path d="M12 15V4M7.5 8.5 12 4l4.5 4.5M4 17v2.5h16V17"/>',
    "statistics": '<path d="M4 20h16M7 20v-7M12 20V6M17 20v-10"/>',
    "journal": '<path d="M5 4h12a2 2 0 0 1 2 2v14H7a2 2 0 0 1-2-2zM5 18a2 2 0 0 1 2-2h12M9 8h6M9 11.5h4"/>',
    "access": '<circle cx="8" cy="14.5" r="3.5"/><path d="m10.6 12 8-8M15.5 7l2.5 2.5M13 9.5l1.7 1.7"/>',
    "shield": '<path d="M12 3.5 5 6v5.5c0 4.3 2.9 7.5 7 9 4.1-1.5 7-4.7 7-9V6z"/>',
    "lock": '<rect x="5" y="10.5" width="14" height="9.5" rx="2"/><path d="M8 10.5V8a4 4 0 0 1 8 0v2.5"/>',
    "glass": '<circle cx="12" cy="12" r="8.5"/><path d="m12 7-1.5 4 3 1.5L12 17"/>',
    "language": (
        '<circle cx="12" cy="12" r="8.5"/>'
        '<path d="M3.5 12h17M12 3.5c2.6 2.7 3.8 5.5 3.8 8.5s-1.2 5.8-3.8 '
        '8.5c-2.6-2.7-3.8-5.5-3.8-8.5S9.4 6.2 12 3.5z"/>'
    ),
    "menu": '<path d="M4 7h16M4 12h16M4 17h16"/>',
    "close": '<path d="M6 6l12 12M18 6 6 18"/>',
    "check": '<path d="m5 12.5 4.5 4.5L19 7.5"/>',
    "undo": '<path d="M9 14 4.5 9.5 9 5M5 9.5h9a5 5 0 0 1 0 10h-3"/>',
    "warn": '<path d="M12 4 2.8 19.5h18.4zM12 10v4.5M12 17.2v.1"/>',
    "info": '<circle cx="12" cy="12" r="8.5"/><path d="M12 11v5M12 7.8v.1"/>',
    "calendar": '<rect x="4" y="5.5" width="16" height="14.5" rx="2"/><path d="M4 10h16M8 3.5v4M16 3.5v4"/>',
    "clock": '<circle cx="12" cy="12" r="8.5"/><path d="M12 7v5.2l3.4 2"/>',
    "phone": (
        '<path d="M6.5 4h3l1.5 4-2 1.5a11 11 0 0 0 5.5 5.5l1.5-2 4 1.5v3a2 2 0 0 1-2.2 2A16 16 0 0 '
        '1 4.5 6.2 2 2 0 0 1 6.5 4z"/>'
    ),
    "child": '<circle cx="12" cy="7" r="3"/><path d="M12 10v6M8 12.5h8M12 16l-2.5 4.5M12 16l2.5 4.5"/>',
    "next": '<path d="m9 5 7 7-7 7"/>',
    "previous": '<path d="m15 5-7 7 7 7"/>',
    "out": '<path d="M10 4H6a2 2 0 0 0-2 2v12a2 2 0 0 0 2 2h4M15 8l4 4-4 4M19 12H10"/>',
    "eye": (
        '<path d="M2.5 12C5 7.5 8.3 5.5 12 5.5s7 2 9.5 6.5c-2.5 4.5-5.8 6.5-9.5 6.5S5 16.5 2.5 '
        '12z"/>'
        '<circle cx="12" cy="12" r="2.8"/>'
    ),
    "link": (
        '<path d="M10 14a4 4 0 0 0 5.7 0l3-3a4 4 0 0 0-5.7-5.7l-1 1M14 10a4 4 0 0 0-5.7 0l-3 3a4 4 '
        '0 0 0 5.7 5.7l1-1"/>'
    ),
    "note": '<path d="M4 20h4L19 9l-4-4L4 16zM13 7l4 4"/>',
    "print": (
        '<path d="M7 9V4h10v5M7 17H5a1 1 0 0 1-1-1v-5a2 2 0 0 1 2-2h12a2 2 0 0 1 2 2v5a1 1 0 0 1-1 '
        '1h-2M7 14h10v6H7z"/>'
    ),
    "refresh": '<path d="M19.5 12a7.5 7.5 0 1 1-2.2-5.3L19.5 9M19.5 4.5V9H15"/>',
    "low": '<circle cx="12" cy="12" r="7" fill="currentColor"/>',
    "medium": '<rect x="5" y="5" width="14" height="14" fill="currentColor"/>',
    "high": '<path d="M12 4 21 19.5H3z" fill="currentColor"/>',
    "extreme": '<path d="M12 2.5 21.5 12 12 21.5 2.5 12z" fill="currentColor"/>',
}
DIRECTED = {"next", "previous", "out", "undo", "duties", "report"}
