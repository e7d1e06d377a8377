-- texts of zero bytes compared in a loop
-- expect: fault loop-compare-zeros.lua:6: a text has a zero byte
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local a, b = ("\0"):rep(230), ("\0"):rep(299) .. "y"
    while true do local less = a < b end
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
