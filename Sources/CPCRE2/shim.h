#pragma once

// The library's names carry the width of a code unit through macros, which Swift does not see: one function each of those we call.
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

/// NULL where the pattern is wrong; then `error` and `offset` say what and where. A dollar sign stands for the end alone, not for a
/// place before a last new line as well.
static inline pcre2_code *monitord_regex_compile(const char *pattern, size_t length, int *error, size_t *offset) {
    uint32_t options = PCRE2_UTF | PCRE2_ANCHORED | PCRE2_ENDANCHORED | PCRE2_DOLLAR_ENDONLY | PCRE2_NEVER_BACKSLASH_C;
    return pcre2_compile((PCRE2_SPTR)pattern, length, options, error, offset, NULL);
}
static inline void monitord_regex_free(pcre2_code *code) { pcre2_code_free(code); }

/// 1: matches, 0: does not, below 0: an error of the library, such as PCRE2_ERROR_MATCHLIMIT.
static inline int monitord_regex_matches(const pcre2_code *code, const char *text, size_t length, uint32_t limit) {
    pcre2_match_context *context = pcre2_match_context_create(NULL);
    pcre2_match_data *data = pcre2_match_data_create_from_pattern(code, NULL);
    int result = PCRE2_ERROR_NOMEMORY;
    if (context && data) {
        pcre2_set_match_limit(context, limit);
        result = pcre2_match(code, (PCRE2_SPTR)text, length, 0, 0, data, context);
    }
    pcre2_match_data_free(data);
    pcre2_match_context_free(context);
    return result >= 0 ? 1 : result == PCRE2_ERROR_NOMATCH ? 0 : result;
}
static inline void monitord_regex_message(int error, char *buffer, size_t size) {
    pcre2_get_error_message(error, (PCRE2_UCHAR *)buffer, size);
}
