"""Which functions a person's SQL may call: an allowlist, for no list of the dangerous is whole.

Every server adds functions, extensions add more, and anybody may have made one that writes. So a
name passes if sqlglot knows it as a plain computation (`sqlglot.exp.Func`, less REFUSED_NODES), or
if it stands below; whatever is missed costs an analyst a line here, not the company its data.
"""

import re

from sqlglot import exp

# sqlglot's own functions that read files, call models or move a sequence
REFUSED = """
    AIAgg AIClassify AIEmbed AIForecast AIGenerate AISimilarity AISummarizeAgg DynamicIdentifier
    FeaturesAtTime GenerateBool GenerateDouble GenerateEmbedding GenerateInt GenerateTable
    GenerateText MLForecast MLTranslate NextValueFor Predict ReadCSV ReadParquet Secret ToFile
    VectorSearch
"""
REFUSED_NODES = frozenset(getattr(exp, each) for each in REFUSED.split() if hasattr(exp, each))
# whatever a name begins with
NEVER = re.compile(
    r"sleep|file|execute|deserialize|serialize_|remote|to_xml|dblink|query|plan|raster|gdal|dict"
    r"|^lo_|^pg_|setting|config|env|secret|^read_|lock|import|export|sys_"
)
ANY = """
    abs acos any_value approx_count_distinct approx_distinct approx_percentile array_agg ascii
    asin atan atan2 avg bin bit_and bit_count bit_length bit_or bit_xor bool_and bool_or btrim
    cardinality cbrt ceil ceiling char char_length character_length chr coalesce concat
    concat_ws contains convert corr cos cosh cot count covar_pop covar_samp crc32 cume_dist
    current_catalog current_date current_schema current_time current_timestamp current_user
    curdate curtime date dateadd datediff day dayname dayofmonth dayofweek dayofyear decode
    degrees dense_rank encode ends_with every exp extract factorial first_value floor format
    from_unixtime gcd gen_random_uuid generate_series generate_subscripts greatest group_concat
    grouping hex hour hypot if ifnull iif initcap instr isfinite isinf isnan isnull lag last_day
    last_value lcase lcm lead least left len length levenshtein ln localtime localtimestamp
    locate log log10 log2 lower lpad ltrim make_date make_interval make_time make_timestamp max
    md5 median microsecond mid min minute mod mode month monthname now nth_value ntile nullif
    nvl nvl2 octet_length ord overlay parse_date percent_rank pi position pow power quarter
    radians rand random range rank repeat replace reverse right round row row_number row_to_json
    rpad rtrim second sequence sha1 sha2 sha256 sha384 sha512 sign sin sinh soundex space split
    split_part sqrt starts_with std stddev str_to_date strcmp strftime string_agg
    string_to_array strpos substr substring sum tan tanh time timediff timestamp timestampadd
    timestampdiff to_char to_date to_number to_timestamp translate trim trunc truncate typeof
    ucase unhex unix_timestamp unnest upper user uuid values variance version week weekday
    weekofyear width_bucket year yearweek
"""
NAMES = {
    "postgres": """
        age array_to_string clock_timestamp convert_from convert_to date_bin date_part
        date_trunc div enum_first enum_last enum_range erf erfc first format_type gamma get_bit
        get_byte histogram host hostmask isempty interpolate last lgamma lower_inc lower_inf
        masklen min_scale network normalize num_nonnulls num_nulls numnode parse_ident
        pg_column_size pg_typeof phraseto_tsquery plainto_tsquery querytree quote_ident
        quote_literal quote_nullable random_normal row_security_active scale session_user
        set_bit setweight sha224 similarity statement_timestamp string_to_table strip tanh
        timeofday timezone timestamptz to_hex to_json to_jsonb to_oct to_tsquery to_tsvector
        transaction_timestamp trim_array trim_scale ts_delete ts_filter ts_headline ts_rank
        ts_rank_cd tsrange tstzrange numrange int4range int8range daterange unaccent unistr
        upper_inc upper_inf uuidv4 uuidv7 websearch_to_tsquery word_similarity text int4 int8
        float8 numeric interval locf asind acosd sind cosd tand cotd atand atan2d acosh asinh
        atanh xmlagg xmlconcat xmlforest xpath json_agg approx_percentile percentile_agg
        time_weight average
    """,
    "mysql": """
        addtime adddate bit_count connection_id conv convert_tz date_add date_format date_sub
        elt export_set field find_in_set from_base64 from_days format_bytes get_format inet_aton
        inet_ntoa insert is_ipv4 is_ipv6 is_uuid make_set makedate maketime member of not oct
        period_add period_diff quote sec_to_time subdate substring_index subtime sysdate
        time_format time_to_sec to_base64 to_days to_seconds utc_date utc_time utc_timestamp
        uuid_to_bin bin_to_uuid weight_string json median
    """,
    "sqlite": """
        changes date datetime glob julianday json jsonb like likely max min nullif printf quote
        randomblob string_agg strftime substr timediff total typeof unicode unixepoch unlikely
        zeroblob octet_length format concat sign
    """,
    "duckdb": """
        add aggregate apply arbitrary arg_max arg_max_null arg_min arg_min_null argmax argmin
        bar base64 century constant_or_null countif count_if count_star damerau_levenshtein
        date_part decade divide editdist3 element_at entropy enum_code enum_first enum_last
        enum_range epoch epoch_ms epoch_ns epoch_us equi_width_bins era even fdiv favg filter
        first flatten fmod format_bytes formatreadablesize fsum geomean geometric_mean get_bit
        grade_up hamming hash histogram histogram_exact histogram_values in isodow isoyear
        jaccard jaro_similarity jaro_winkler_similarity json julian kahan_sum kurtosis
        kurtosis_pop last list listagg lttb mad make_timestamptz max_by mean millennium
        millisecond min_by mismatches multiply nanosecond nfc_normalize normalized_interval
        parse_path prefix printf product quantile reduce repeat_row reservoir_quantile
        round_even roundbankers sem set_bit signbit skewness strip_accents strlen strptime
        subtract suffix sumkahan switch time_bucket timezone timezone_hour timezone_minute
        to_base to_base64 to_binary to_hex to_json today transaction_timestamp try_strptime
        unbin union_extract union_tag union_value url_decode url_encode uuidv4 uuidv7 wavg
        weighted_avg xor date_diff date_sub date_add ago days_in_month get_current_timestamp
        acosh age asinh atanh bitstring bitstring_agg current_database from_base64 from_hex
        from_json gamma greatest_common_divisor least_common_multiple lgamma map md5_number
        nextafter parse_dirname parse_filename substring_grapheme unicode uuid_extract_timestamp
    """,
    "clickhouse": """
        abs accuratecast accuratecastornull addays age and any anyheavy anylast argmax argmin
        assumenotnull avgweighted bar base64decode base64encode bitand bitor bitxor bitnot
        casewithexpression cast coalesce concat corr cityhash64 cutquerystring
        cuttofirstsignificant deltasum domain domainwithoutwww empty endswith entropy equals
        exponentialmovingaverage extractall formatdatetime formatreadablesize
        formatreadablequantity formatreadabletimedelta fromunixtimestamp
        fromunixtimestamp64milli generateuuidv4 greater greaterorequals groupbitand groupbitor
        groupbitxor has hasall hasany hastoken indexof intdiv intdivorzero intervallengthsum
        isnull isnotnull kurtpop kurtsamp less lessorequals like likelihood lowerutf8 lengthutf8
        match minus modulo multif multiif multiply multisearchany nan negate neighbor not
        notempty notequals notlike now64 nullin numbers numbers_mt zeros or path plus pathfull
        position positioncaseinsensitive positionutf8 protocol rand32 rand64 randuniform
        replaceall replaceone replaceregexpall replaceregexpone retention reverseutf8 rounddown
        roundtoexp2 roundduration runningaccumulate runningdifference sequencecount
        sequencematch sequencenextnode generateseries skewpop skewsamp splitbychar splitbystring
        startswith stochasticlinearregression stringtoh3 subtractdays substringutf8 timeslot
        timeslots timezone today yesterday transform trimboth trimleft trimright tuple
        tupleelement uniq uniqcombined uniqcombined64 uniqexact uniqhll12 untuple upperutf8
        windowfunnel xor xxhash64 ifnull countequal lttb largesttrianglethreebuckets log1p
        currentdatabase histogram anylast_respect_nulls leadinframe laginframe clamp
        cosinedistance l2distance divide dotproduct ilike levenshteindistance materialize
        identity naturalsortkey tumble tumblestart hop hopstart urlhierarchy urlhash
        topleveldomain substringindex makedate makedatetime ipv4numtostring ipv4stringtonum
        ipv6numtostring ipv6stringtonum covarpop covarsamp corrstable initcaputf8 casefoldutf8
        firstsignificantsubdomain decodeurlcomponent encodeurlcomponent divideornull
    """,
    "trino": """
        all_match any_match approx_most_frequent arbitrary at_timezone bitwise_and bitwise_or
        bitwise_xor bool_and bool_or checksum combinations count_if date_add date_diff
        date_format date_parse date_trunc day_of_month day_of_week day_of_year day element_at
        entropy filter flatten format_datetime format_number from_iso8601_date
        from_iso8601_timestamp from_unixtime geometric_mean histogram human_readable_seconds
        infinity is_finite is_infinite is_nan kurtosis last_day_of_month listagg map map_agg
        map_concat map_entries map_filter map_keys map_values map_zip_with max_by millisecond
        min_by multimap_agg nan none_match normalize parse_datetime parse_duration reduce
        reduce_agg set_agg set_union skewness slice spooky_hash_v2_64 timezone_hour
        timezone_minute to_iso8601 to_milliseconds to_unixtime transform try try_cast
        url_extract_host url_extract_parameter url_extract_path week_of_year with_timezone
        word_stem xxhash64 year_of_week zip zip_with table
    """,
    "snowflake": """
        array_size charindex date_part date_trunc div0 div0null equal_null flatten get get_path
        hash hll iff is_null_value listagg max_by min_by monthname object_agg object_construct
        object_keys parse_json ratio_to_report strtok table time_slice to_array to_boolean
        to_decimal to_double to_json to_object to_time to_timestamp_ltz to_timestamp_ntz
        to_timestamp_tz to_varchar to_variant try_parse_json try_to_date try_to_number
        try_to_timestamp zeroifnull conditional_change_event conditional_true_event
    """,
    "bigquery": """
        approx_quantiles approx_top_count approx_top_sum byte_length countif date_diff
        date_trunc datetime farm_fingerprint format_date format_datetime format_timestamp
        generate_array generate_date_array generate_timestamp_array generate_uuid ieee_divide
        is_inf is_nan logical_and logical_or normalize parse_datetime parse_json parse_timestamp
        safe_cast safe_divide string struct timestamp_diff timestamp_micros timestamp_millis
        timestamp_seconds timestamp_trunc unix_date unix_micros unix_millis unix_seconds
        date_add date_sub timestamp_add timestamp_sub lax_string int64 float64 bool
    """,
    "databricks": """
        add_months aggregate bigint boolean collect_list collect_set count_if date_add date_diff
        date_format date_part date_sub date_trunc double element_at exists explode explode_outer
        filter flatten forall from_json from_utc_timestamp get get_json_object hash int kurtosis
        last map map_keys map_values max_by min_by months_between named_struct nanvl next_day
        percentile posexplode size skewness sort_array stack string struct to_json
        to_unix_timestamp to_utc_timestamp transform try_cast try_divide unix_date xxhash64
        zip_with
    """,
}
FAMILIES = {  # beginnings of names that are computations, all of them
    "": """
        array_ bit_ regexp_ regr_ percentile_ stddev_ var_ st_ string_to_
    """,
    "postgres": """
        json_ jsonb_ date_ justify_ make_ range_ time_bucket to_ approx_
    """,
    "mysql": """
        json_ st_ regexp_
    """,
    "sqlite": """
        json_ jsonb_
    """,
    "duckdb": """
        json_ list_ map_ struct_ to_ quantile_ approx_ date_ datetrunc datepart make_ regexp_
        str_split string_split array_ left_ right_ length_
    """,
    "clickhouse": """
        to array date add subtract json simplejson is map tuple quantile uniq group top sum avg
        count min max stddev var bit geo h3 greatcircle round extract splitby parsedatetime
        reinterpretas fromunixtimestamp yyyymmdd ngram multisearch startswith endswith change
    """,
    "trino": """
        json_ map_ bitwise_ date_ url_ to_ word_ hmac_ timezone_ approx_
    """,
    "snowflake": """
        array_ bit object_ to_ try_to_ regexp_ as_ is_ date_ time_ approx_ hll_
    """,
    "bigquery": """
        json_ date_ timestamp_ datetime_ approx_ format_ parse_ safe_ to_ hll_count
    """,
    "databricks": """
        array_ map_ date_ json_ to_ try_ approx_ from_ make_
    """,
}
ALLOWED = {dialect: frozenset(f"{ANY} {names}".lower().split()) for dialect, names in NAMES.items()}
BEGINNINGS = {dialect: tuple(f"{FAMILIES['']} {FAMILIES[dialect]}".split()) for dialect in NAMES}


def is_allowed(name: str, dialect: str) -> bool:
    """Whether a function that sqlglot does not know may be called."""
    name = name.lower()
    begins_well = name.startswith(BEGINNINGS[dialect]) and not NEVER.search(name)
    return name in ALLOWED[dialect] or begins_well
