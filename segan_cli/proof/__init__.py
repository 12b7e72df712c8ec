"""What a font looks like: a page, a sheet, a PDF."""
