"""How the parts are joined; no business rule."""
