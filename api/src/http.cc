#include "api/http.h"

#include <charconv>

#include "http_text.h"

namespace proxy_telemetry {
namespace {

std::string_view FirstOf(const HttpFields& fields, std::string_view name) {
  for (const auto& [key, value] : fields) {
    if (EqualsIgnoreCase(key, name)) return value;
  }
  return {};
}

// The weight of an Accept-Encoding element ("gzip;q=0.5"): 1 without q, 0 when q is malformed.
double Weight(std::string_view parameters) {
  while (!parameters.empty()) {
    const auto end = std::min(parameters.find(';'), parameters.size());
    const auto parameter = TrimBlanks(parameters.substr(0, end));
    parameters.remove_prefix(std::min(end + 1, parameters.size()));
    if (!parameter.starts_with("q=") && !parameter.starts_with("Q=")) continue;
    double weight = 0;
    const char* last = parameter.data() + parameter.size();
    const auto [rest, error] = std::from_chars(parameter.data() + 2, last, weight, std::chars_format::fixed);
    return error == std::errc() && rest == last ? weight : 0;
  }
  return 1;
}

}  // namespace

std::optional<std::string_view> HttpRequest::Param(std::string_view name) const {
  for (const auto& [key, value] : query) {
    if (key == name) return value;
  }
  return std::nullopt;
}

std::string_view HttpRequest::Header(std::string_view name) const { return FirstOf(headers, name); }

std::string_view HttpResponse::Header(std::string_view name) const { return FirstOf(headers, name); }

HttpResponse HttpResponse::Text(int status, std::string_view line) {
  HttpResponse response;
  response.status = status;
  response.body.reserve(line.size() + 1);
  response.body.append(line).push_back('\n');
  return response;
}

HttpResponse HttpResponse::Json(int status, std::string body) {
  HttpResponse response;
  response.status = status;
  response.content_type = "application/json";
  response.body = std::move(body);
  return response;
}

Result<HttpFields> ParseUrlEncoded(std::string_view text) {
  HttpFields fields;
  while (!text.empty()) {
    const auto end = std::min(text.find('&'), text.size());
    const auto pair = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (pair.empty()) continue;
    const auto equals = std::min(pair.find('='), pair.size());
    PT_ASSIGN_OR_RETURN(std::string name, PercentDecode(pair.substr(0, equals), true));
    PT_ASSIGN_OR_RETURN(std::string value, PercentDecode(pair.substr(std::min(equals + 1, pair.size())), true));
    fields.emplace_back(std::move(name), std::move(value));
  }
  return fields;
}

bool AcceptsGzip(const HttpRequest& request) {
  std::optional<double> gzip;
  std::optional<double> any;
  double identity = 0;  // only an explicit identity can be preferred
  for (const auto& [name, value] : request.headers) {
    if (!EqualsIgnoreCase(name, "Accept-Encoding")) continue;
    for (const auto element : SplitList(value)) {
      const auto end = std::min(element.find(';'), element.size());
      const auto coding = TrimBlanks(element.substr(0, end));
      const double weight = Weight(element.substr(end));
      if (EqualsIgnoreCase(coding, "gzip") || EqualsIgnoreCase(coding, "x-gzip")) gzip = weight;
      if (EqualsIgnoreCase(coding, "identity")) identity = weight;
      if (coding == "*") any = weight;
    }
  }
  const double weight = gzip.value_or(any.value_or(0));
  return weight > 0 && weight >= identity;
}

}  // namespace proxy_telemetry
