// What syslog puts in front of a message. Pure functions, any thread, no allocation.
#pragma once

#include <string_view>

namespace proxy_telemetry {

// The message of a datagram: without RFC 5424's or RFC 3164's header, HAProxy's short, priority, timed and iso ones, a
// `@cee:` cookie, a byte order mark, and newlines and NULs at the end. What has no such prefix comes out as it is.
//
// Without a priority (`<190>`) only what syslog daemons write to files goes: "Nov 22 09:30:41 vm nginx: ", and an ISO
// time where JSON is the message, since a log_format may well begin with $time_iso8601.
std::string_view StripSyslogPrefix(std::string_view datagram);

}  // namespace proxy_telemetry
