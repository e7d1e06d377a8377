-- the same keys from two roads, in one order
-- expect: fires
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local a, b = {}, {}
    for i = 1, 300 do a["k" .. i], a[i], a[i + 0.5] = 1, 2, 3 end
    for i = 300, 1, -1 do b[i + 0.5], b[i], b["k" .. i] = 3, 2, 1 end
    local x, y, n, m = 7, 7, 0, 0
    for k in pairs(a) do n = n + 1 x = (x * 31 + #tostring(k) + n) % 1000003 end
    for k in pairs(b) do m = m + 1 y = (y * 31 + #tostring(k) + m) % 1000003 end
    return x == y and n == 900
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
