// Pages that are no statistics of HAProxy, or not whole: refused, with the line and the reason.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "exporter/proxies.h"
#include "haproxy_csv.h"
#include "snapshot_view.h"

namespace proxy_telemetry {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

std::string Refusal(std::string_view page) { return MessageOf(ReadHaproxyCsv(page, NoRules())); }

std::string SmallPage() {
  return HaproxyCsv().Frontend("fe").Server("be", "s1", "UP").Server("be", "s2", "UP").Backend("be").text();
}

TEST(HaproxyPage, IsRefusedWhenItIsTheHtmlOne) {
  EXPECT_THAT(Refusal("<!DOCTYPE HTML PUBLIC \"-//W3C//DTD HTML 4.01 Transitional//EN\"\n<html><head>"),
              HasSubstr("needs \";csv\""));
  EXPECT_THAT(Refusal("\n  <html><body><h1>503 Service Unavailable</h1>\n"), HasSubstr("HTML"));
}

TEST(HaproxyPage, IsRefusedWhenEmptyOrWithoutRows) {
  EXPECT_EQ(Refusal(""), "the page is empty");
  EXPECT_EQ(Refusal(HaproxyCsv().text()), "the page has a header and no rows");
  EXPECT_EQ(Refusal("# "), "the page has no header");
}

TEST(HaproxyPage, IsRefusedWithoutItsHeader) {
  EXPECT_THAT(Refusal(SmallPage().substr(2)), StartsWith("line 1: HAProxy's statistics must begin with"));
  EXPECT_THAT(Refusal("# TYPE x counter\nx 1\n"), StartsWith("line 1: HAProxy's statistics must begin with"));
  EXPECT_THAT(Refusal("# pxname,svname,type,\nbe,BACKEND,1,\n"), HasSubstr("must name the columns"));
  EXPECT_THAT(Refusal("# pxname,svname,type,status,status,\n"), HasSubstr("line 1: column status is there twice"));
}

TEST(HaproxyPage, IsRefusedWhereverItIsCutOff) {
  const std::string page = SmallPage();
  // Behind the row of a frontend a page looks whole; that it is not, only the transport can tell.
  const std::size_t looks_whole = page.find('\n', page.find("fe,FRONTEND")) + 1;
  for (std::size_t size = 0; size < page.size(); ++size) {
    EXPECT_EQ(Refusal(page.substr(0, size)).empty(), size == looks_whole) << "cut at " << size;
  }
  const std::size_t last_row = page.rfind('\n', page.size() - 2) + 1;
  EXPECT_THAT(Refusal(page.substr(0, last_row)), HasSubstr("servers of backend \"be\" without its BACKEND row"));
  EXPECT_THAT(Refusal(page.substr(0, page.size() - 1)), HasSubstr("cut off"));
}

TEST(HaproxyPage, IsRefusedWhenARowHasOtherCellsThanTheHeader) {
  const std::string page = "# pxname,svname,status,type,\nbe,s,UP,2,\nbe,BACKEND,UP\n";
  EXPECT_THAT(Refusal(page), StartsWith("line 3: the row has 3 cells"));
  EXPECT_THAT(Refusal("# pxname,svname,status,type,\nbe,BACKEND,UP,1,,\n"), StartsWith("line 2: the row has 6 cells"));
  EXPECT_THAT(Refusal("# pxname,svname,status,type,\nbe,BACKEND,UP,1,5\n"), StartsWith("line 2: the row has 5 cells"));
}

TEST(HaproxyPage, MayEndItsRowsWithOrWithoutAComma) {
  for (const std::string header : {"# pxname,svname,status,type,\n", "# pxname,svname,status,type\n"}) {
    for (const std::string end : {",\n", "\n"}) {
      const std::string page = header + "be,s,UP,2" + end + "be,BACKEND,UP,1" + end;
      EXPECT_EQ(ValuesOf(ReadHaproxyCsv(page, NoRules())).at("proxy_backends{host=\"be\"}"), 1) << page;
    }
  }
}

TEST(HaproxyPage, IsRefusedForACounterThatIsNoWholeNumber) {
  for (const std::string value : {"x", "-1", "+1", "1.5", "1e3", " 1", "1 ", "0x1", "18446744073709551616", "NaN"}) {
    const std::string page = HaproxyCsv().Server("be", "s", "UP").Backend("be", {{"hrsp_2xx", value}}).text();
    EXPECT_THAT(Refusal(page), StartsWith("line 3: column hrsp_2xx must be a whole number")) << value;
  }
  EXPECT_THAT(Refusal("# pxname,svname,status,type,\nbe,BACKEND,UP,,\n"), StartsWith("line 2: column type must be"));
}

TEST(HaproxyPage, IsNotRefusedForANumberThatNobodyLooksAt) {
  const std::string page = HaproxyCsv().Server("be", "s", "UP", {{"qcur", "-1"}}).Backend("be", {{"act", "x"}}).text();
  EXPECT_EQ(Refusal(page), "");
}

TEST(HaproxyPage, IsRefusedForANameThatIsEmptyOrNoUtf8) {
  EXPECT_THAT(Refusal(HaproxyCsv().Backend("").text()), StartsWith("line 2: pxname and svname must not be empty"));
  const std::string page = HaproxyCsv().Server("be", "s\xff", "UP").Backend("be").text();
  EXPECT_THAT(Refusal(page), StartsWith("line 2: a name is not valid UTF-8"));
}

TEST(HaproxyPage, NamesTheLineBehindACellThatHoldsNewlines) {
  const std::string page =
      "# pxname,svname,status,type,last_chk,bin,\n"
      "be,s,UP,2,\"two\nlines, \"\"quoted\"\"\",1,\nbe,BACKEND,UP,1,,x,\n";
  EXPECT_THAT(Refusal(page), StartsWith("line 4: column bin must be"));
}

TEST(HaproxyPage, IsRefusedWithMoreRowsThanAnyHaproxyHas) {
  std::string page = "# pxname,svname,status,type,\n";
  for (int i = 0; i < 200'001; ++i) page += "a,b,,3,\n";
  EXPECT_THAT(Refusal(page), HasSubstr("more than 200000 rows"));
}

TEST(HaproxyPage, ComplaintsStayShortWhateverThePageHolds) {
  const std::string long_name(100'000, 'x');
  EXPECT_LT(Refusal(HaproxyCsv().Server(long_name, "s", "UP").text()).size(), 300U);
  EXPECT_LT(Refusal(HaproxyCsv().Backend("be", {{"bin", long_name}}).text()).size(), 300U);
  EXPECT_LT(Refusal(long_name).size(), 300U);
}

}  // namespace
}  // namespace proxy_telemetry
