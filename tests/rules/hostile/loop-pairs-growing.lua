-- a table that grows while pairs goes through it
-- expect: fires
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local t, n = { a = 1 }, 0
    for k in pairs(t) do
      n = n + 1
      t[k .. n] = n
    end
    return n == 1
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
