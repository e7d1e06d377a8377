-- texts of one letter more each
-- expect: memory
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local t, s = {}, ""
    for i = 1, 500 do
      s = s .. "x"
      for k = 1, 1000 do t[#t + 1] = s .. k end
    end
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
