"""Reading and writing picture files and the records inside them."""
