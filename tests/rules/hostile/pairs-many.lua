-- the order of pairs with many keys
-- expect: fires
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local t, last = {}, ""
    for i = 1, 300 do t["k" .. i * 7919 % 1000] = i end
    for k in pairs(t) do
      if k <= last then return false end
      last = k
    end
    return true
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
