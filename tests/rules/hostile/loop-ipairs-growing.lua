-- a list that grows while it is gone through
-- expect: instructions
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local t = { 1 }
    for i in ipairs(t) do table.insert(t, i) end
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
