"""What tests are made of: small places drawn in metres, whose answers follow from arithmetic.

===================  ===============================================================
``drawing``          the drawing board: positions, boxes, lines and points in metres
``street_city``      in memory: a street of 4 km with four units, for findings
``square_city``      files: 1 km² with streets every 100 m, for reading and nights
``street_files``     files: a straight street with what a test puts on it
``grid_town``        files: a town of a street grid with a wall, for publishing
``proved_town``      files: a town with all that a proof expresses, and its truth
``million_proof``    the proof of a million homes
``run_folder``       the files of a run, written by hand, for comparing and sites
``site``             a whole site of three cities, and what makes a site whole
``fake_osm_server``  a server of streets and tiles that answers as it is told
``crashers``         work that ends as no Python code can
``work``             how much Python a call takes, counted
===================  ===============================================================
"""
