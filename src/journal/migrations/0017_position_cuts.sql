-- Records of positions that were cut to what the account holds are in the journal: a release without them refuses the directory.
SELECT 1;
