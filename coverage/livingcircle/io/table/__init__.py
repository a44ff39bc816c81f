"""Tables: which row is the header, what each column means, where each row is."""
