#pragma once

#include <curl/curl.h>

// libcurl's setters and getters are variadic, and Swift imports no variadic function: one function a type of value.
// The parentheses around the names step over libcurl's type-checking macros.

static inline CURLcode monitord_set_long(CURL *easy, CURLoption option, long value) {
    return (curl_easy_setopt)(easy, option, value);
}
static inline CURLcode monitord_set_size(CURL *easy, CURLoption option, curl_off_t value) {
    return (curl_easy_setopt)(easy, option, value);
}
/// libcurl copies the text; NULL takes the option back.
static inline CURLcode monitord_set_text(CURL *easy, CURLoption option, const char *value) {
    return (curl_easy_setopt)(easy, option, value);
}
/// libcurl keeps the pointer, but for CURLOPT_COPYPOSTFIELDS, whose size is set before.
static inline CURLcode monitord_set_pointer(CURL *easy, CURLoption option, const void *value) {
    return (curl_easy_setopt)(easy, option, value);
}
static inline CURLcode monitord_set_list(CURL *easy, CURLoption option, struct curl_slist *value) {
    return (curl_easy_setopt)(easy, option, value);
}
static inline CURLcode monitord_set_write(CURL *easy, CURLoption option, curl_write_callback value) {
    return (curl_easy_setopt)(easy, option, value);
}
static inline CURLcode monitord_set_read(CURL *easy, CURLoption option, curl_read_callback value) {
    return (curl_easy_setopt)(easy, option, value);
}
static inline CURLcode monitord_set_progress(CURL *easy, CURLoption option, curl_xferinfo_callback value) {
    return (curl_easy_setopt)(easy, option, value);
}
static inline CURLcode monitord_set_opened(CURL *easy, curl_sockopt_callback value) {
    return (curl_easy_setopt)(easy, CURLOPT_SOCKOPTFUNCTION, value);
}
static inline CURLcode monitord_set_close(CURL *easy, curl_closesocket_callback value) {
    return (curl_easy_setopt)(easy, CURLOPT_CLOSESOCKETFUNCTION, value);
}

static inline CURLcode monitord_get_long(CURL *easy, CURLINFO info, long *value) {
    return (curl_easy_getinfo)(easy, info, value);
}
static inline CURLcode monitord_get_size(CURL *easy, CURLINFO info, curl_off_t *value) {
    return (curl_easy_getinfo)(easy, info, value);
}
/// The text belongs to the handle; NULL where there is none.
static inline CURLcode monitord_get_text(CURL *easy, CURLINFO info, const char **value) {
    return (curl_easy_getinfo)(easy, info, value);
}
static inline CURLcode monitord_get_pointer(CURL *easy, CURLINFO info, void **value) {
    return (curl_easy_getinfo)(easy, info, value);
}
static inline CURLcode monitord_get_certificates(CURL *easy, struct curl_certinfo **value) {
    return (curl_easy_getinfo)(easy, CURLINFO_CERTINFO, value);
}

static inline CURLMcode monitord_multi_long(CURLM *multi, CURLMoption option, long value) {
    return (curl_multi_setopt)(multi, option, value);
}
static inline CURLMcode monitord_multi_pointer(CURLM *multi, CURLMoption option, void *value) {
    return (curl_multi_setopt)(multi, option, value);
}
static inline CURLMcode monitord_multi_socket(CURLM *multi, curl_socket_callback value) {
    return (curl_multi_setopt)(multi, CURLMOPT_SOCKETFUNCTION, value);
}
static inline CURLMcode monitord_multi_timer(CURLM *multi, curl_multi_timer_callback value) {
    return (curl_multi_setopt)(multi, CURLMOPT_TIMERFUNCTION, value);
}
