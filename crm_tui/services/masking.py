"""How personal values look to those who may not see them (R-300)."""


def mask_phone(value: str) -> str:
    """``13912340001`` as ``139****0001``; short ones lose all but the last digit."""
    digits = value.strip()
    if len(digits) < 8:
        return "****" + digits[-1:] if digits else ""
    return f"{digits[:3]}****{digits[-4:]}"


def mask_email(value: str) -> str:
    """``ana@example.com`` as ``a****@example.com``."""
    name, at, domain = value.strip().partition("@")
    return f"{name[:1]}****{at}{domain}" if value else ""


def mask_text(value: str) -> str:
    """Everything but the first character."""
    return f"{value[:1]}****" if value else ""


def mask_document(value: str) -> str:
    """An identity number with its last two characters only."""
    return f"****{value[-2:]}" if value else ""


def mask_any(value: str) -> str:
    """A free contact text: masked as what it looks like."""
    if "@" in value:
        return mask_email(value)
    return mask_phone(value) if any(c.isdigit() for c in value) else mask_text(value)
