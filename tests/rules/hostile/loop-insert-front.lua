-- insertion that moves everything
-- expect: instructions
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local t = {}
    for i = 1, 5000 do table.insert(t, 1, 1) end
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
