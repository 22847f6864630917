// UCI Online Retail: one line a product of an invoice.
//
//   InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country
//
// Invoices become orders; those that begin with C cancel lines of earlier ones and become refunds
// of the order they belong to, as far as that can be found; those that begin with A correct the
// books. Codes of goods begin with five digits; postage, fees, discounts and the like are no
// products. Prices are in pounds, to which the file itself does not commit.
#include <algorithm>
#include <cctype>
#include <cmath>
#include <unordered_map>
#include <unordered_set>

#include "kernel/base/ids.hpp"
#include "tools/souk/import/mapper.hpp"
#include "tools/souk/import/values.hpp"

namespace souk::cli {
namespace {

struct Line {
  std::uint32_t product = 0;
  double quantity = 0;
  double price = 0;
};

struct Invoice {
  std::string number;
  std::string customer;
  std::uint64_t line = 0;
  std::int64_t time_us = 0;
  double shipping = 0;
  std::vector<Line> lines;
  std::unordered_set<std::uint64_t> seen;  // hashes of lines, to tell identical ones
};

struct SoldProduct {
  std::string code;
  std::uint64_t line = 0;
  std::int64_t first_us = 0;
  std::unordered_map<std::string, std::uint32_t> titles;  // how often each was used
  std::map<double, std::uint32_t> prices;
};

struct Customer {
  std::string country;
  std::uint64_t line = 0;
  std::int64_t first_us = 0;
};

bool is_goods(std::string_view code) {
  return code.size() >= 5 && std::all_of(code.begin(), code.begin() + 5,
                                         [](unsigned char c) { return std::isdigit(c) != 0; });
}

bool is_shipping(std::string_view code) { return code == "POST" || code == "DOT" || code == "C2"; }

/// "17850.0" → "17850".
std::string_view customer_id(std::string_view text) {
  if (text.ends_with(".0")) text.remove_suffix(2);
  return text;
}

class OnlineRetailMapper final : public Mapper {
 public:
  OnlineRetailMapper(ImportKind kind, Columns& columns, const MapperSettings& settings)
      : kind_(kind),
        currency_(settings.currency),
        invoice_(columns.need("InvoiceNo")),
        code_(columns.need("StockCode")),
        description_(columns.find("Description")),
        quantity_(columns.need("Quantity")),
        date_(columns.need("InvoiceDate")),
        price_(columns.need("UnitPrice")),
        customer_(columns.find("CustomerID")),
        country_(columns.find("Country")) {}

  void record(const CsvRecord& record, EventSink& sink) override {
    const auto quantity = parse_number(quantity_.of(record));
    const auto price = parse_number(price_.of(record));
    const auto time_us = parse_time(date_.of(record));
    const std::string_view number = invoice_.of(record);
    const std::string_view code = code_.of(record);
    const auto reject = [&](std::string_view reason) {
      sink.reject(record.line, reason, record.text);
    };
    if (number.empty()) return reject("InvoiceNo is empty");
    if (code.empty()) return reject("StockCode is empty");
    if (!quantity) return reject("Quantity is not a number");
    if (!price) return reject("UnitPrice is not a number");
    if (!time_us) return reject("InvoiceDate is not a time");
    if (number.front() == 'A') return reject("a correction of the books, not a sale");
    const bool goods = is_goods(code);
    if (!goods && !(is_shipping(code) && *quantity > 0)) {
      return reject("no goods (postage, fee, discount, voucher, manual entry)");
    }
    const bool cancels = number.front() == 'C';
    if (!cancels && *quantity <= 0) return reject("quantity below 1 in a sale: stock correction");
    if (cancels && *quantity >= 0) return reject("quantity above 0 in a cancellation");
    if (*price <= 0) return reject("price not above 0: sample, gift or write-off");
    Invoice& invoice = invoice_of(number, record, *time_us);
    if (!goods) {
      invoice.shipping += *quantity * *price;
      return;
    }
    const std::uint32_t product = product_of(code, record, *time_us, *price, cancels);
    if (!invoice.seen.insert(base::hash64(record.text)).second) ++identical_;
    add_line(invoice, {product, std::abs(*quantity), *price});
  }

  void finish(EventSink& sink) override {
    if (identical_ > 0)
      sink.note("identical lines of one invoice, merged with their sum", identical_);
    std::sort(order_.begin(), order_.end(), [this](std::uint32_t a, std::uint32_t b) {
      return invoices_[a].time_us != invoices_[b].time_us
                 ? invoices_[a].time_us < invoices_[b].time_us
                 : invoices_[a].line < invoices_[b].line;
    });
    if (kind_ != ImportKind::customers) give_products(sink);
    if (kind_ != ImportKind::products) give_customers(sink);
    if (kind_ != ImportKind::orders) return;
    sink.barrier();
    for (const std::uint32_t at : order_) {
      if (invoices_[at].lines.empty()) {
        sink.note("invoices of nothing but postage, left out", 1);
      } else if (invoices_[at].number.front() == 'C') {
        give_refunds(invoices_[at], sink);
      } else {
        give_order(at, sink);
      }
    }
  }

  [[nodiscard]] std::uint64_t held() const override {
    return (kind_ == ImportKind::orders ? invoices_.size() : 0) +
           (kind_ != ImportKind::customers ? products_.size() : 0) +
           (kind_ != ImportKind::products ? customers_.size() : 0);
  }
  [[nodiscard]] std::string_view format() const noexcept override { return "UCI Online Retail"; }

 private:
  Invoice& invoice_of(std::string_view number, const CsvRecord& record, std::int64_t time_us) {
    const auto [at, added] = invoice_index_.try_emplace(
        std::string(number), static_cast<std::uint32_t>(invoices_.size()));
    if (added) {
      order_.push_back(at->second);
      Invoice& invoice = invoices_.emplace_back();
      invoice.number = number;
      invoice.customer = customer_id(customer_.of(record));
      invoice.line = record.line;
      invoice.time_us = time_us;
      if (!invoice.customer.empty()) {
        Customer& customer = customers_[invoice.customer];
        if (customer.line == 0) customer = {std::string(country_.of(record)), record.line, time_us};
        customer.first_us = std::min(customer.first_us, time_us);
      }
    }
    return invoices_[at->second];
  }

  std::uint32_t product_of(std::string_view code, const CsvRecord& record, std::int64_t time_us,
                           double price, bool cancels) {
    const auto [at, added] =
        product_index_.try_emplace(std::string(code), static_cast<std::uint32_t>(products_.size()));
    if (added) products_.push_back({std::string(code), record.line, time_us, {}, {}});
    SoldProduct& product = products_[at->second];
    product.first_us = std::min(product.first_us, time_us);
    if (!cancels) ++product.prices[price];
    if (const std::string_view title = description_.of(record); !title.empty()) {
      ++product.titles[std::string(title)];
    }
    return at->second;
  }

  static void add_line(Invoice& invoice, const Line& line) {
    for (Line& there : invoice.lines) {
      if (there.product == line.product && there.price == line.price) {
        there.quantity += line.quantity;
        return;
      }
    }
    invoice.lines.push_back(line);
  }

  /// The description that was used most often; of several the first in the alphabet.
  static std::string title_of(const SoldProduct& product) {
    const std::string* best = nullptr;
    std::uint32_t most = 0;
    for (const auto& [title, count] : product.titles) {
      if (count > most || (count == most && best != nullptr && title < *best)) {
        best = &title;
        most = count;
      }
    }
    return best != nullptr ? *best : product.code;
  }

  /// The price that was asked most often (one-off sales differ widely); of several the lowest; 0
  /// without a sale.
  static double price_of(const SoldProduct& product) {
    double best = 0;
    std::uint32_t most = 0;
    for (const auto& [price, count] : product.prices) {
      if (count <= most) continue;
      best = price;
      most = count;
    }
    return best;
  }

  void give_products(EventSink& sink) {
    titles_.clear();
    for (const SoldProduct& product : products_) {
      titles_.push_back(title_of(product));
      souk::v1::Event event;
      souk::v1::Product& entity = *event.mutable_product_upserted()->mutable_product();
      entity.set_id(product.code);
      entity.set_title(titles_.back());
      if (const double price = price_of(product); price > 0) {
        const std::int64_t minor = std::llround(price * std::pow(10.0, currency_digits(currency_)));
        entity.mutable_price_range()->mutable_min()->set_amount(minor);
        entity.mutable_price_range()->mutable_max()->set_amount(minor);
      }
      set_time(*entity.mutable_created_at(), product.first_us);
      sink.event(std::move(event), product.line);
    }
  }

  void give_customers(EventSink& sink) {
    for (const auto& [id, customer] : customers_) {
      souk::v1::Event event;
      souk::v1::Customer& entity = *event.mutable_customer_upserted()->mutable_customer();
      entity.set_id(id);
      event.set_shopper_id(id);
      if (const std::string code = country_code(customer.country); !code.empty()) {
        entity.set_country(code);
      } else if (!customer.country.empty()) {
        (*entity.mutable_attributes())["country"] = customer.country;
      }
      set_time(*entity.mutable_created_at(), customer.first_us);
      sink.event(std::move(event), customer.line);
    }
  }

  souk::v1::Event envelope(const Invoice& invoice, const std::string& id) const {
    souk::v1::Event event;
    event.set_id(id);
    set_time(*event.mutable_time(), invoice.time_us);
    event.set_shopper_id(invoice.customer);
    event.set_channel(souk::v1::Event::API);
    return event;
  }

  template <class Order>
  void add_products(Order& order, const std::vector<Line>& lines) const {
    double subtotal = 0;
    for (const Line& line : lines) {
      souk::v1::ProductLine& product = *order.add_products();
      product.set_product_id(products_[line.product].code);
      product.set_name(titles_[line.product]);
      product.set_quantity(line.quantity);
      product.set_price(line.price);
      subtotal += line.quantity * line.price;
    }
    order.set_subtotal(rounded(subtotal));
  }

  [[nodiscard]] double rounded(double amount) const {
    const double unit = std::pow(10.0, currency_digits(currency_));
    return std::round(amount * unit) / unit;
  }

  void give_order(std::uint32_t at, EventSink& sink) {
    const Invoice& invoice = invoices_[at];
    souk::v1::Event event = envelope(invoice, "");
    souk::v1::OrderCompleted& order = *event.mutable_order_completed();
    order.set_order_id(invoice.number);
    add_products(order, invoice.lines);
    if (invoice.shipping > 0) order.set_shipping(rounded(invoice.shipping));
    order.set_total(rounded(order.subtotal() + invoice.shipping));
    for (const Line& line : invoice.lines) {
      if (!invoice.customer.empty())
        bought_[invoice.customer][line.product].push_back({at, line.quantity});
    }
    sink.event(std::move(event), invoice.line);
  }

  /// The order in which the cancelled line was probably bought: the customer's latest with enough
  /// of it left; -1 when there is none.
  int original_of(const Invoice& cancellation, const Line& line) {
    const auto customer = bought_.find(cancellation.customer);
    if (cancellation.customer.empty() || customer == bought_.end()) return -1;
    const auto purchases = customer->second.find(line.product);
    if (purchases == customer->second.end()) return -1;
    for (auto bought = purchases->second.rbegin(); bought != purchases->second.rend(); ++bought) {
      if (bought->left < line.quantity) continue;
      bought->left -= line.quantity;
      return static_cast<int>(bought->invoice);
    }
    return -1;
  }

  void give_refunds(const Invoice& cancellation, EventSink& sink) {
    std::map<int, std::vector<Line>> by_order;
    for (const Line& line : cancellation.lines) {
      by_order[original_of(cancellation, line)].push_back(line);
    }
    for (const auto& [at, lines] : by_order) {
      souk::v1::Event event = envelope(cancellation, "");
      souk::v1::OrderRefunded& refund = *event.mutable_order_refunded();
      refund.set_order_id(at < 0 ? cancellation.number
                                 : invoices_[static_cast<std::size_t>(at)].number);
      add_products(refund, lines);
      refund.set_total(refund.subtotal());
      refund.set_reason("cancelled by " + cancellation.number);
      sink.event(std::move(event), cancellation.line);
      if (at < 0) sink.note("cancellations without an order they belong to", 1);
    }
  }

  struct Bought {
    std::uint32_t invoice = 0;
    double left = 0;
  };

  const ImportKind kind_;
  const std::string currency_;
  Column invoice_, code_, description_, quantity_, date_, price_, customer_, country_;
  std::vector<Invoice> invoices_;
  std::vector<std::uint32_t> order_;
  std::unordered_map<std::string, std::uint32_t> invoice_index_;
  std::vector<SoldProduct> products_;
  std::vector<std::string> titles_;  // by product, once chosen
  std::unordered_map<std::string, std::uint32_t> product_index_;
  std::map<std::string, Customer> customers_;
  std::unordered_map<std::string, std::unordered_map<std::uint32_t, std::vector<Bought>>> bought_;
  std::uint64_t identical_ = 0;
};

}  // namespace

std::unique_ptr<Mapper> make_online_retail_mapper(ImportKind kind, Columns& columns,
                                                  const MapperSettings& settings) {
  return std::make_unique<OnlineRetailMapper>(kind, columns, settings);
}

}  // namespace souk::cli
