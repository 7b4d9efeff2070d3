-- Records of the types account_record_booked and account_records_read, which earlier releases do not know.
SELECT 1;
