-- Helper functions. Dates run from 0001-01-01 to 9999-12-31; what leaves that range, or nine decimal places, is NULL.
CREATE OR REPLACE MACRO tz_days(a, b) AS date_diff('day', b, a);
CREATE OR REPLACE MACRO tz_add_days(d, n) AS CASE WHEN n = trunc(n) AND date_diff('day', DATE '1970-01-01', d) + n BETWEEN -719162 AND 2932896 THEN d + CAST(n AS INTEGER) END;
CREATE OR REPLACE MACRO tz_add_months(d, n) AS CASE WHEN n = trunc(n) AND n BETWEEN -120000 AND 120000 AND year(d) * 12 + month(d) - 1 + n BETWEEN 12 AND 119999 THEN CAST(d + to_months(CAST(n AS INTEGER)) AS DATE) END;
CREATE OR REPLACE MACRO tz_age(b, d) AS CASE WHEN d >= b THEN year(d) - year(b) - CASE WHEN month(d) * 100 + day(d) < month(b) * 100 + day(b) THEN 1 ELSE 0 END END;
CREATE OR REPLACE MACRO tz_weekday(d) AS isodow(d);
CREATE OR REPLACE MACRO tz_mul(a, b) AS TRY(CASE
  WHEN b = trunc(b) THEN CAST(a AS DECIMAL(38,9)) * CAST(b AS DECIMAL(28,0))
  WHEN a = trunc(a) THEN CAST(b AS DECIMAL(38,9)) * CAST(a AS DECIMAL(28,0))
  WHEN CAST(CAST(CAST(a AS DECIMAL(38,9)) * CAST(b AS DECIMAL(38,9)) AS DECIMAL(38,9)) AS DECIMAL(38,18)) = CAST(a AS DECIMAL(38,9)) * CAST(b AS DECIMAL(38,9))
    THEN CAST(CAST(a AS DECIMAL(38,9)) * CAST(b AS DECIMAL(38,9)) AS DECIMAL(38,9)) END);
CREATE OR REPLACE MACRO tz_units(a) AS CAST(CAST(a AS DECIMAL(38,9)) * CAST(1000000000 AS DECIMAL(10,0)) AS HUGEINT);
CREATE OR REPLACE MACRO tz_ceil_div(a, b) AS CASE WHEN b > 0 THEN CASE WHEN a >= 0 THEN (tz_units(a) + tz_units(b) - 1) // tz_units(b) ELSE -((-tz_units(a)) // tz_units(b)) END END;
CREATE OR REPLACE MACRO tz_overlap_days(a, b, f, t) AS greatest(0, date_diff('day', greatest(a, f), least(b, t)) + 1);
CREATE OR REPLACE MACRO tz_full_quarters(a, b, f, t) AS CASE WHEN greatest(a, f) > least(b, t) THEN 0 ELSE greatest(0,
  year(least(b, t) + 1) * 4 + quarter(least(b, t) + 1) - year(greatest(a, f)) * 4 - quarter(greatest(a, f))
  - CASE WHEN greatest(a, f) > CAST(date_trunc('quarter', greatest(a, f)) AS DATE) THEN 1 ELSE 0 END) END;
CREATE OR REPLACE MACRO tz_calendar_days(f, t, c_from, c) AS CASE WHEN f >= c_from AND date_diff('day', c_from, t) < length(c) THEN substr(c, CAST(date_diff('day', c_from, f) + 1 AS BIGINT), CAST(date_diff('day', f, t) + 1 AS BIGINT)) END;
CREATE OR REPLACE MACRO tz_workdays(f, t, c_from, c) AS CASE WHEN date_diff('day', f, t) <= 3700 AND strpos(tz_calendar_days(f, t, c_from, c), '?') = 0 THEN length(replace(tz_calendar_days(f, t, c_from, c), '0', '')) END;
CREATE OR REPLACE MACRO tz_is_workday(d, c_from, c) AS CASE tz_calendar_days(d, d, c_from, c) WHEN '1' THEN TRUE WHEN '0' THEN FALSE END;
CREATE OR REPLACE MACRO tz_id_birth(t) AS CASE
  WHEN regexp_full_match(t, '.{6}[0-9]{8}.{4}') THEN TRY_CAST(substr(t, 7, 4) || '-' || substr(t, 11, 2) || '-' || substr(t, 13, 2) AS DATE)
  WHEN regexp_full_match(t, '.{6}[0-9]{6}.{3}') THEN TRY_CAST('19' || substr(t, 7, 2) || '-' || substr(t, 9, 2) || '-' || substr(t, 11, 2) AS DATE) END;
CREATE OR REPLACE MACRO tz_id_digit(t, i, w) AS CAST(substr(t, i, 1) AS INTEGER) * w;
CREATE OR REPLACE MACRO tz_id_sum(t) AS tz_id_digit(t,1,7) + tz_id_digit(t,2,9) + tz_id_digit(t,3,10) + tz_id_digit(t,4,5) + tz_id_digit(t,5,8) + tz_id_digit(t,6,4) + tz_id_digit(t,7,2) + tz_id_digit(t,8,1) + tz_id_digit(t,9,6) + tz_id_digit(t,10,3) + tz_id_digit(t,11,7) + tz_id_digit(t,12,9) + tz_id_digit(t,13,10) + tz_id_digit(t,14,5) + tz_id_digit(t,15,8) + tz_id_digit(t,16,4) + tz_id_digit(t,17,2);
CREATE OR REPLACE MACRO tz_id_valid(t) AS CASE WHEN t IS NULL THEN NULL
  WHEN NOT regexp_full_match(t, '[0-9]{17}[0-9Xx]') THEN FALSE
  WHEN substr(t, 1, 2) NOT IN ('11','12','13','14','15','21','22','23','31','32','33','34','35','36','37','41','42','43','44','45','46','50','51','52','53','54','61','62','63','64','65','71','81','82','83') THEN FALSE
  WHEN tz_id_birth(t) IS NULL THEN FALSE
  ELSE substr('10X98765432', CAST(tz_id_sum(t) % 11 + 1 AS BIGINT), 1) = upper(substr(t, 18, 1)) END;
CREATE OR REPLACE MACRO tz_id_sex(t) AS CASE WHEN CASE length(t) WHEN 18 THEN substr(t, 17, 1) WHEN 15 THEN substr(t, 15, 1) END IN ('1','3','5','7','9') THEN '男'
  WHEN CASE length(t) WHEN 18 THEN substr(t, 17, 1) WHEN 15 THEN substr(t, 15, 1) END IN ('0','2','4','6','8') THEN '女' END;
CREATE OR REPLACE MACRO tz_uscc_value(t, i) AS strpos('0123456789ABCDEFGHJKLMNPQRTUWXY', substr(upper(t), i, 1)) - 1;
CREATE OR REPLACE MACRO tz_uscc_valid(t) AS CASE WHEN t IS NULL THEN NULL WHEN NOT regexp_full_match(upper(t), '[0-9A-HJ-NP-RTUWXY]{18}') THEN FALSE
  ELSE (31 - (tz_uscc_value(t,1) + tz_uscc_value(t,2) * 3 + tz_uscc_value(t,3) * 9 + tz_uscc_value(t,4) * 27 + tz_uscc_value(t,5) * 19 + tz_uscc_value(t,6) * 26 + tz_uscc_value(t,7) * 16 + tz_uscc_value(t,8) * 17 + tz_uscc_value(t,9) * 20 + tz_uscc_value(t,10) * 29 + tz_uscc_value(t,11) * 25 + tz_uscc_value(t,12) * 13 + tz_uscc_value(t,13) * 8 + tz_uscc_value(t,14) * 24 + tz_uscc_value(t,15) * 10 + tz_uscc_value(t,16) * 30 + tz_uscc_value(t,17) * 28) % 31) % 31 = tz_uscc_value(t,18) END;
CREATE OR REPLACE MACRO tz_period_rank(p) AS CASE WHEN contains(p, '..') THEN 5 WHEN contains(p, 'W') THEN 4 WHEN contains(p, 'H') THEN 1 WHEN contains(p, 'Q') THEN 2 WHEN contains(p, '-') THEN 3 ELSE 0 END;
CREATE OR REPLACE MACRO tz_prev_from(p, f, t) AS CASE tz_period_rank(p) WHEN 5 THEN f - CAST(date_diff('day', f, t) + 1 AS INTEGER) WHEN 4 THEN f - 7
  WHEN 3 THEN CAST(f - INTERVAL 1 MONTH AS DATE) WHEN 2 THEN CAST(f - INTERVAL 3 MONTH AS DATE) WHEN 1 THEN CAST(f - INTERVAL 6 MONTH AS DATE) WHEN 0 THEN CAST(f - INTERVAL 12 MONTH AS DATE) END;
CREATE OR REPLACE MACRO tz_range_text(f, t) AS CAST(f AS VARCHAR) || '..' || CAST(t AS VARCHAR);
CREATE OR REPLACE MACRO tz_whole_months(s, e) AS greatest(0, year(e + 1) * 12 + month(e + 1) - year(s) * 12 - month(s)
  - CASE WHEN CAST(s + to_months(CAST(year(e + 1) * 12 + month(e + 1) - year(s) * 12 - month(s) AS INTEGER)) AS DATE) > e + 1 THEN 1 ELSE 0 END);
