-- Helper functions. Dates run from 0001-01-01 to 9999-12-31; what leaves that range, or nine decimal places, is NULL.
SET spark.sql.ansi.enabled = false;
SET spark.sql.decimalOperations.allowPrecisionLoss = false;
CREATE OR REPLACE TEMPORARY FUNCTION tz_days(a DATE, b DATE) RETURNS INT RETURN datediff(a, b);
CREATE OR REPLACE TEMPORARY FUNCTION tz_add_days(d DATE, n DECIMAL(38,9)) RETURNS DATE RETURN CASE WHEN n = floor(n) AND datediff(d, DATE '1970-01-01') + n BETWEEN -719162 AND 2932896 THEN date_add(d, CAST(n AS INT)) END;
CREATE OR REPLACE TEMPORARY FUNCTION tz_add_months(d DATE, n DECIMAL(38,9)) RETURNS DATE RETURN CASE WHEN n = floor(n) AND n BETWEEN -120000 AND 120000 AND year(d) * 12 + month(d) - 1 + n BETWEEN 12 AND 119999 THEN add_months(d, CAST(n AS INT)) END;
CREATE OR REPLACE TEMPORARY FUNCTION tz_age(b DATE, d DATE) RETURNS INT RETURN CASE WHEN d >= b THEN year(d) - year(b) - CASE WHEN month(d) * 100 + day(d) < month(b) * 100 + day(b) THEN 1 ELSE 0 END END;
CREATE OR REPLACE TEMPORARY FUNCTION tz_weekday(d DATE) RETURNS INT RETURN weekday(d) + 1;
CREATE OR REPLACE TEMPORARY FUNCTION tz_mul(a DECIMAL(38,9), b DECIMAL(38,9)) RETURNS DECIMAL(38,9) RETURN CASE
  WHEN b = floor(b) THEN a * CAST(b AS DECIMAL(28,0))
  WHEN a = floor(a) THEN b * CAST(a AS DECIMAL(28,0))
  WHEN CAST(CAST(a * b AS DECIMAL(38,9)) AS DECIMAL(38,18)) = a * b THEN CAST(a * b AS DECIMAL(38,9)) END;
CREATE OR REPLACE TEMPORARY FUNCTION tz_units(a DECIMAL(38,9)) RETURNS DECIMAL(38,0) RETURN CAST(a * CAST(1000000000 AS DECIMAL(10,0)) AS DECIMAL(38,0));
CREATE OR REPLACE TEMPORARY FUNCTION tz_ceil_div(a DECIMAL(38,9), b DECIMAL(38,9)) RETURNS BIGINT RETURN CASE WHEN b > 0 THEN CASE WHEN a >= 0 THEN (tz_units(a) + tz_units(b) - 1) div tz_units(b) ELSE -((-tz_units(a)) div tz_units(b)) END END;
CREATE OR REPLACE TEMPORARY FUNCTION tz_overlap_days(a DATE, b DATE, f DATE, t DATE) RETURNS INT RETURN CASE WHEN a IS NOT NULL AND b IS NOT NULL AND f IS NOT NULL THEN greatest(0, datediff(least(b, t), greatest(a, f)) + 1) END;
CREATE OR REPLACE TEMPORARY FUNCTION tz_full_quarters(a DATE, b DATE, f DATE, t DATE) RETURNS INT RETURN CASE WHEN a IS NULL OR b IS NULL OR f IS NULL THEN NULL WHEN greatest(a, f) > least(b, t) THEN 0 ELSE greatest(0,
  year(date_add(least(b, t), 1)) * 4 + quarter(date_add(least(b, t), 1)) - year(greatest(a, f)) * 4 - quarter(greatest(a, f))
  - CASE WHEN greatest(a, f) > CAST(date_trunc('quarter', greatest(a, f)) AS DATE) THEN 1 ELSE 0 END) END;
CREATE OR REPLACE TEMPORARY FUNCTION tz_calendar_days(f DATE, t DATE, c_from DATE, c STRING) RETURNS STRING RETURN CASE WHEN f >= c_from AND datediff(t, c_from) < length(c) THEN substr(c, datediff(f, c_from) + 1, datediff(t, f) + 1) END;
CREATE OR REPLACE TEMPORARY FUNCTION tz_workdays(f DATE, t DATE, c_from DATE, c STRING) RETURNS INT RETURN CASE WHEN datediff(t, f) <= 3700 AND instr(tz_calendar_days(f, t, c_from, c), '?') = 0 THEN length(replace(tz_calendar_days(f, t, c_from, c), '0', '')) END;
CREATE OR REPLACE TEMPORARY FUNCTION tz_is_workday(d DATE, c_from DATE, c STRING) RETURNS BOOLEAN RETURN CASE tz_calendar_days(d, d, c_from, c) WHEN '1' THEN TRUE WHEN '0' THEN FALSE END;
CREATE OR REPLACE TEMPORARY FUNCTION tz_id_birth(t STRING) RETURNS DATE RETURN CASE
  WHEN t RLIKE '^.{6}[0-9]{8}.{4}$' THEN try_cast(concat(substr(t, 7, 4), '-', substr(t, 11, 2), '-', substr(t, 13, 2)) AS DATE)
  WHEN t RLIKE '^.{6}[0-9]{6}.{3}$' THEN try_cast(concat('19', substr(t, 7, 2), '-', substr(t, 9, 2), '-', substr(t, 11, 2)) AS DATE) END;
CREATE OR REPLACE TEMPORARY FUNCTION tz_id_digit(t STRING, i INT, w INT) RETURNS INT RETURN try_cast(substr(t, i, 1) AS INT) * w;
CREATE OR REPLACE TEMPORARY FUNCTION tz_id_sum(t STRING) RETURNS INT RETURN tz_id_digit(t,1,7) + tz_id_digit(t,2,9) + tz_id_digit(t,3,10) + tz_id_digit(t,4,5) + tz_id_digit(t,5,8) + tz_id_digit(t,6,4) + tz_id_digit(t,7,2) + tz_id_digit(t,8,1) + tz_id_digit(t,9,6) + tz_id_digit(t,10,3) + tz_id_digit(t,11,7) + tz_id_digit(t,12,9) + tz_id_digit(t,13,10) + tz_id_digit(t,14,5) + tz_id_digit(t,15,8) + tz_id_digit(t,16,4) + tz_id_digit(t,17,2);
CREATE OR REPLACE TEMPORARY FUNCTION tz_id_valid(t STRING) RETURNS BOOLEAN RETURN CASE WHEN t IS NULL THEN NULL
  WHEN NOT t RLIKE '^[0-9]{17}[0-9Xx]$' THEN FALSE
  WHEN substr(t, 1, 2) NOT IN ('11','12','13','14','15','21','22','23','31','32','33','34','35','36','37','41','42','43','44','45','46','50','51','52','53','54','61','62','63','64','65','71','81','82','83') THEN FALSE
  WHEN tz_id_birth(t) IS NULL THEN FALSE
  ELSE substr('10X98765432', tz_id_sum(t) % 11 + 1, 1) = upper(substr(t, 18, 1)) END;
CREATE OR REPLACE TEMPORARY FUNCTION tz_id_sex(t STRING) RETURNS STRING RETURN CASE WHEN CASE length(t) WHEN 18 THEN substr(t, 17, 1) WHEN 15 THEN substr(t, 15, 1) END IN ('1','3','5','7','9') THEN '男'
  WHEN CASE length(t) WHEN 18 THEN substr(t, 17, 1) WHEN 15 THEN substr(t, 15, 1) END IN ('0','2','4','6','8') THEN '女' END;
CREATE OR REPLACE TEMPORARY FUNCTION tz_uscc_value(t STRING, i INT) RETURNS INT RETURN instr('0123456789ABCDEFGHJKLMNPQRTUWXY', substr(upper(t), i, 1)) - 1;
CREATE OR REPLACE TEMPORARY FUNCTION tz_uscc_valid(t STRING) RETURNS BOOLEAN RETURN CASE WHEN t IS NULL THEN NULL WHEN NOT upper(t) RLIKE '^[0-9A-HJ-NP-RTUWXY]{18}$' THEN FALSE
  ELSE (31 - (tz_uscc_value(t,1) + tz_uscc_value(t,2) * 3 + tz_uscc_value(t,3) * 9 + tz_uscc_value(t,4) * 27 + tz_uscc_value(t,5) * 19 + tz_uscc_value(t,6) * 26 + tz_uscc_value(t,7) * 16 + tz_uscc_value(t,8) * 17 + tz_uscc_value(t,9) * 20 + tz_uscc_value(t,10) * 29 + tz_uscc_value(t,11) * 25 + tz_uscc_value(t,12) * 13 + tz_uscc_value(t,13) * 8 + tz_uscc_value(t,14) * 24 + tz_uscc_value(t,15) * 10 + tz_uscc_value(t,16) * 30 + tz_uscc_value(t,17) * 28) % 31) % 31 = tz_uscc_value(t,18) END;
CREATE OR REPLACE TEMPORARY FUNCTION tz_period_rank(p STRING) RETURNS INT RETURN CASE WHEN contains(p, '..') THEN 5 WHEN contains(p, 'W') THEN 4 WHEN contains(p, 'H') THEN 1 WHEN contains(p, 'Q') THEN 2 WHEN contains(p, '-') THEN 3 ELSE 0 END;
CREATE OR REPLACE TEMPORARY FUNCTION tz_prev_from(p STRING, f DATE, t DATE) RETURNS DATE RETURN CASE tz_period_rank(p) WHEN 5 THEN date_sub(f, datediff(t, f) + 1) WHEN 4 THEN date_sub(f, 7)
  WHEN 3 THEN add_months(f, -1) WHEN 2 THEN add_months(f, -3) WHEN 1 THEN add_months(f, -6) WHEN 0 THEN add_months(f, -12) END;
CREATE OR REPLACE TEMPORARY FUNCTION tz_range_text(f DATE, t DATE) RETURNS STRING RETURN concat(CAST(f AS STRING), '..', CAST(t AS STRING));
CREATE OR REPLACE TEMPORARY FUNCTION tz_whole_months(s DATE, e DATE) RETURNS INT RETURN greatest(0, year(date_add(e, 1)) * 12 + month(date_add(e, 1)) - year(s) * 12 - month(s)
  - CASE WHEN add_months(s, year(date_add(e, 1)) * 12 + month(date_add(e, 1)) - year(s) * 12 - month(s)) > date_add(e, 1) THEN 1 ELSE 0 END);
