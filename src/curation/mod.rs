//! Pure curating: catalog and query in, lists and plans out.
